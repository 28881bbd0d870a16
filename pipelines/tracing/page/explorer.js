"use strict";
// Ties model, panel and cytoscape together; `explorer` is what tests and the console may ask.
const COLOURS = {
  inclusion: "#2b7bba", mixture: "#3f9b62", refinement: "#8e6bbf", distillation: "#c2771b", augmentation: "#b5487a",
  translation: "#3a9aa8", repackaging: "#6d7b94", benchmark_contamination: "#c0392b", derived: "#808a9c",
};
const LINES = { confirmed: "solid", "declared only": "dashed", "measured only": "dotted", contradicted: "dashed" };
const model = new Model(JSON.parse(document.getElementById("lineage").textContent));
const shown = new Set();
const by = id => document.getElementById(id);
const tone = name => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

const cy = cytoscape({
  container: by("graph"),
  minZoom: 0.05, maxZoom: 3, boxSelectionEnabled: false,
  style: [
    { selector: "node", style: {
      "shape": "round-rectangle", "width": 190, "height": 34, "label": "data(label)", "font-size": 13, "color": tone("--ink"),
      "text-valign": "center", "text-halign": "center", "text-wrap": "ellipsis", "text-max-width": 178,
      "background-color": tone("--paper"), "border-width": 1.5, "border-color": tone("--faint") } },
    { selector: "node[kind = 'benchmark']", style: { "shape": "cut-rectangle" } },
    { selector: "node[!inside]", style: { "border-style": "dashed", "color": tone("--faint") } },
    { selector: "node[?conflict]", style: { "border-color": "#c0392b" } },
    { selector: "edge", style: {
      "curve-style": "bezier", "width": 2, "target-arrow-shape": "triangle", "line-color": "data(colour)",
      "target-arrow-color": "data(colour)", "line-style": "data(line)", "arrow-scale": 0.9 } },
    { selector: "edge[verdict = 'confirmed']", style: { "width": 3 } },
    { selector: "edge[verdict = 'contradicted']", style: { "line-color": "#c0392b", "target-arrow-color": "#c0392b", "target-arrow-shape": "tee" } },
    { selector: "edge[?via]", style: { "opacity": 0.35 } },
    { selector: ".path, :selected", style: { "border-width": 3, "border-color": tone("--mark"), "line-color": tone("--mark"), "target-arrow-color": tone("--mark") } },
  ],
});

function label(name) {
  const [left, right] = model.folded(name, shown);
  return `${left ? `+${left} ‹ ` : ""}${name}${right ? ` › +${right}` : ""}`;
}

function draw(fit = true) {
  const places = model.places(shown), conflicts = new Set(model.data.conflicts.map(conflict => conflict.dataset));
  const elements = [...shown].map(name => ({ data: {
    id: "n" + name, name, label: label(name), kind: model.nodes.get(name).kind, inside: model.nodes.get(name).inside,
    conflict: conflicts.has(name) }, position: { ...places.get(name) } }));
  for (const edge of model.edgesAmong(shown))
    elements.push({ data: {
      id: edge.id, source: "n" + edge.parent, target: "n" + edge.child, verdict: edge.verdict, via: edge.via,
      colour: COLOURS[edge.relation] || COLOURS.derived, line: LINES[edge.verdict] } });
  cy.batch(() => { cy.elements().remove(); cy.add(elements); });
  if (fit) fitted();
  const all = model.data.nodes.length, edges = cy.edges().length;
  by("status").textContent = `${shown.size} of ${all} datasets, ${edges} edge${edges === 1 ? "" : "s"} shown`;
}

function fitted() {
  cy.fit(undefined, 40);
  if (cy.zoom() > 1.2) { cy.zoom(1.2); cy.center(); }
}

function show(names, fit = true) {
  shown.clear();
  names.forEach(name => shown.add(name));
  draw(fit);
}

function focus(name) {
  if (!model.nodes.has(name)) { by("status").textContent = `no dataset ${name}`; return; }
  by("search").value = name;
  show(model.around(name, Math.max(1, Number(by("hops").value) || 1)));
  pick(name);
  history.replaceState(null, "", "#" + encodeURIComponent(name));
}

function pick(name) {
  panel.node(name);
  cy.elements().unselect();
  cy.getElementById("n" + name).select();
}

function unfold(name) {
  for (const side of ["parents", "children"]) model.next(name, side).forEach(other => shown.add(other));
  draw();
  pick(name);
}

function pickEdge(edge) {
  [edge.child, edge.parent].forEach(name => shown.add(name));
  draw(false);
  panel.edge(edge);
  cy.getElementById(edge.id).select();
}

function path(one, other) {
  const way = model.nodes.has(one) && model.nodes.has(other) ? model.path(one, other) : null;
  if (!way) { by("status").textContent = `no path between ${one} and ${other}`; return null; }
  show(new Set(way));
  for (let step = 0; step < way.length; step++) {
    cy.getElementById("n" + way[step]).addClass("path");
    if (step) cy.edges().filter(edge => edge.source().data("name") === way[step] && edge.target().data("name") === way[step - 1]).addClass("path");
  }
  by("status").textContent = `${way.length - 1} edge${way.length === 2 ? "" : "s"}: ${[...way].reverse().join(" → ")}`;
  return way;
}

const panel = new Panel(by("panel"), model, {
  focus, edge: pickEdge, node: name => { if (!shown.has(name)) { shown.add(name); draw(); } pick(name); },
});

cy.on("tap", "node", event => panel.node(event.target.data("name")));
cy.on("dbltap", "node", event => unfold(event.target.data("name")));
cy.on("tap", "edge", event => panel.edge(model.data.edges[Number(event.target.id().slice(1))]));
cy.on("tap", event => { if (event.target === cy) panel.overview(); });
for (const node of [...model.nodes.keys()].sort()) by("names").append(new Option(node));
by("search").onchange = () => focus(by("search").value.trim());
by("hops").onchange = () => { if (model.nodes.has(by("search").value.trim())) focus(by("search").value.trim()); };
by("every").onclick = () => { show(model.linked()); panel.overview(); };
by("fit").onclick = fitted;
by("find").onclick = () => path(by("from").value.trim(), by("to").value.trim());
by("explained").onchange = event => { model.explained = event.target.checked; draw(false); };
for (const verdict of Object.keys(LINES)) {
  const choice = document.createElement("label"), box = document.createElement("input"), key = document.createElement("i");
  Object.assign(box, { type: "checkbox", checked: model.verdicts.has(verdict), value: verdict });
  key.className = "key"; key.style.borderTopStyle = LINES[verdict];
  if (verdict === "contradicted") key.style.borderColor = "#c0392b";
  box.onchange = () => { model.verdicts[box.checked ? "add" : "delete"](verdict); draw(false); };
  choice.append(box, " ", key, verdict);
  by("verdicts").append(choice, " ");
}
for (const relation of new Set(model.data.edges.map(edge => edge.relation))) {
  const entry = document.createElement("span"), key = document.createElement("i");
  key.className = "key"; key.style.borderColor = COLOURS[relation] || COLOURS.derived;
  entry.append(key, relation.replaceAll("_", " "));
  by("relations").append(entry, " ");
}
document.addEventListener("keydown", event => {
  if (event.key === "/" && event.target.tagName !== "INPUT") { event.preventDefault(); by("search").focus(); }
});

panel.overview();
const wanted = decodeURIComponent(location.hash.slice(1)) || model.data.start;
if (model.nodes.has(wanted)) focus(wanted); else { show(model.linked()); panel.overview(); }
window.explorer = { cy, model, shown, focus, unfold, path, pickEdge };
