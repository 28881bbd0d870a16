"use strict";
// The graph as the lake gave it: who is next to whom, paths, and where the shown datasets stand.
class Model {
  constructor(data) {
    this.data = data;
    this.nodes = new Map(data.nodes.map(node => [node.dataset, node]));
    this.verdicts = new Set(["confirmed", "declared only", "measured only"]);
    this.explained = false;
    this.beside = { parents: new Map(), children: new Map() };
    data.edges.forEach((edge, number) => {
      edge.id = "e" + number;
      this._push(this.beside.parents, edge.child, edge);
      this._push(this.beside.children, edge.parent, edge);
    });
  }

  _push(map, key, value) {
    if (!map.has(key)) map.set(key, []);
    map.get(key).push(value);
  }

  // Whether an edge is drawn: its kind of evidence is asked for, and no path explains it unless that is asked for too.
  draws(edge) {
    return this.verdicts.has(edge.verdict) && (this.explained || !edge.via);
  }

  next(dataset, direction) {
    const end = direction === "parents" ? "parent" : "child";
    return (this.beside[direction].get(dataset) || []).filter(edge => this.draws(edge)).map(edge => edge[end]);
  }

  // The datasets up to `hops` edges away, upwards and downwards.
  around(dataset, hops) {
    const found = new Set([dataset]);
    for (const direction of ["parents", "children"]) {
      let level = [dataset];
      for (let hop = 0; hop < hops && level.length; hop++) {
        level = [...new Set(level.flatMap(name => this.next(name, direction)))].filter(name => name !== dataset);
        level.forEach(name => found.add(name));
      }
    }
    return found;
  }

  linked() {
    return new Set(this.data.edges.filter(edge => this.draws(edge)).flatMap(edge => [edge.child, edge.parent]));
  }

  // The shortest way from one dataset up to the other, or the other way round, along edges that count.
  path(one, other) {
    return this._up(one, other) || this._up(other, one);
  }

  _up(start, goal) {
    const came = new Map([[start, null]]);
    let level = [start];
    while (level.length && !came.has(goal)) {
      const above = [];
      for (const name of level)
        for (const edge of this.beside.parents.get(name) || [])
          if (edge.counted && !came.has(edge.parent)) { came.set(edge.parent, name); above.push(edge.parent); }
      level = above;
    }
    if (!came.has(goal)) return null;
    const way = [goal];
    while (came.get(way[0]) !== null) way.unshift(came.get(way[0]));
    return way;
  }

  edgesAmong(shown) {
    return this.data.edges.filter(edge => this.draws(edge) && shown.has(edge.child) && shown.has(edge.parent));
  }

  // How many neighbours of a dataset are folded away, to the left (parents) and to the right (children).
  folded(dataset, shown) {
    return ["parents", "children"].map(side => new Set(this.next(dataset, side).filter(name => !shown.has(name))).size);
  }

  // The lake's own places for the whole graph; of a part the same layers and order, without the gaps.
  places(shown) {
    const names = [...shown];
    if (names.length > 60) return new Map(names.map(name => [name, { x: this.nodes.get(name).x, y: this.nodes.get(name).y }]));
    const columns = new Map();
    names.forEach(name => this._push(columns, this.nodes.get(name).layer, name));
    const places = new Map();
    [...columns.keys()].sort((a, b) => a - b).forEach((layer, column) => {
      const inside = columns.get(layer).sort((a, b) => this.nodes.get(a).y - this.nodes.get(b).y || (a < b ? -1 : 1));
      inside.forEach((name, row) => places.set(name, { x: 300 * column, y: 56 * (row - (inside.length - 1) / 2) }));
    });
    return places;
  }
}
