"use strict";
// What is known of a dataset or an edge, beside the graph. Texts of datasets are set as text, never as HTML.
class Panel {
  constructor(element, model, actions) {
    Object.assign(this, { element, model, actions });
  }

  _make(tag, text, parent = this.element, cls = "") {
    const made = document.createElement(tag);
    if (text !== null && text !== undefined) made.textContent = text;
    if (cls) made.className = cls;
    parent.append(made);
    return made;
  }

  _facts(facts) {
    const list = this._make("dl");
    for (const [name, value] of facts) {
      if (value === null || value === undefined || value === "" || (Array.isArray(value) && !value.length)) continue;
      this._make("dt", name, list);
      this._make("dd", Array.isArray(value) ? value.join(", ") : String(value), list);
    }
  }

  _links(title, edges, end) {
    if (!edges.length) return;
    this._make("h3", `${title} (${edges.length})`);
    const list = this._make("ul");
    for (const edge of edges) {
      const item = this._make("li", null, list);
      const link = this._make("button", edge[end], item, "link");
      link.onclick = () => this.actions.edge(edge);
      item.append(` ${edge.relation.replaceAll("_", " ")}, ${edge.verdict}${edge.via ? `, explained by ${edge.via}` : ""}`);
    }
  }

  share(value) {
    return value === null || value === undefined ? null : `${(100 * value).toFixed(1)} %`;
  }

  overview() {
    this.element.replaceChildren();
    const { data } = this.model;
    this._make("h2", "Lineage of datasets");
    this._facts(Object.entries(data.summary));
    this._make("p", "Click a dataset or an arrow; double-click a dataset to unfold what is next to it. +n says how much is folded.");
    for (const [title, names] of Object.entries(data.lists)) {
      if (!names.length) continue;
      this._make("h3", title);
      const list = this._make("ul");
      for (const [name, count] of names) {
        const item = this._make("li", null, list);
        this._make("button", name, item, "link").onclick = () => this.actions.focus(name);
        item.append(` ${count}`);
      }
    }
  }

  node(name) {
    this.element.replaceChildren();
    const { model } = this, node = model.nodes.get(name);
    this._make("h2", name);
    this._facts([
      ["where", node.inside ? `in the lake${node.kind ? ", " + node.kind : ""}` : "outside the lake"],
      ["domains", node.domains], ["rows", node.rows && node.rows.toLocaleString("en")], ["released", node.released],
      ["licence", node.license || "not stated"], ["it asks for", node.terms.filter(term => term !== "unstated")],
      ["source", node.source], ["ancestors", node.ancestors], ["descendants", node.descendants], ["depth", node.depth],
      ["no parents", node.ending],
    ]);
    const focus = this._make("button", "Show only what is next to it");
    focus.onclick = () => this.actions.focus(name);
    const conflicts = model.data.conflicts.filter(conflict => conflict.dataset === name);
    if (conflicts.length) {
      this._make("h3", "Licence conflicts");
      const list = this._make("ul");
      for (const conflict of conflicts) this._make("li", `${conflict.problem} (${conflict.evidence})`, list, "warn");
    }
    this._links("Comes from", model.beside.parents.get(name) || [], "parent");
    this._links("Went into", model.beside.children.get(name) || [], "child");
  }

  edge(edge) {
    this.element.replaceChildren();
    const title = this._make("h2");
    for (const [name, between] of [[edge.child, " from "], [edge.parent, ""]]) {
      this._make("button", name, title, "link").onclick = () => this.actions.node(name);
      title.append(between);
    }
    this._facts([
      ["verdict", edge.verdict], ["relation", edge.relation.replaceAll("_", " ")],
      ["confidence", edge.confidence.toFixed(2)], ["explained by", edge.via], ["does not count", edge.reason],
      ["decided", edge.decision && `${edge.decision}ed by a person`],
    ]);
    if (edge.declared_relation) {
      this._make("h3", "Documents say");
      this._facts([
        ["relation", edge.declared_relation], ["confidence", edge.declared_confidence.toFixed(2)],
        ["where", edge.place], ["read by", edge.reader], ["statements", edge.claims],
      ]);
      if (edge.quote) this._make("blockquote", edge.quote);
    }
    if (edge.measured_relation) {
      this._make("h3", "Measured");
      this._facts([
        ["relation", edge.measured_relation.replaceAll("_", " ")], ["confidence", edge.measured_confidence.toFixed(2)],
        ["direction by", edge.direction], ["prompts of the child in the parent", this.share(edge.prompts)],
        ["that is rows", edge.prompt_rows && edge.prompt_rows.toLocaleString("en")],
        ["prompts of the parent in the child", this.share(edge.parent_prompts)],
        ["word runs of the child's prompts", this.share(edge.runs)], ["same answers", this.share(edge.answers)],
      ]);
    }
    const pairs = this.model.data.pairs[`${edge.child}\n${edge.parent}`] || [];
    if (pairs.length) {
      this._make("h3", "Pairs of samples");
      for (const pair of pairs) {
        const box = this._make("div", null, this.element, "pair");
        const prompt = this._make("p", null, box, "both");
        this._make("small", `${pair.sample_id} and ${pair.other_id}: same ${pair.alike}`, prompt);
        prompt.append(pair.instruction || "");
        this._make("p", pair.response, box);
        this._make("p", pair.other_response, box);
      }
    }
    const child = edge.child.replaceAll("'", "''"), parent = edge.parent.replaceAll("'", "''");
    if (edge.measured_relation) {
      this._make("h3", "More");
      this._make("code", `oda sql "from sample_pairs where dataset = '${child}' and other = '${parent}'"`);
    }
  }
}
