-- relation: lineage_lines
-- grain: one row per edge of the graph that no path explains: where it begins and ends in the drawing
-- inputs: lineage_edges, lineage_nodes
select
    edge.parent,
    edge.child,
    edge.verdict,
    above.x as x0,
    above.y as y0,
    below.x as x1,
    below.y as y1
from lineage_edges as edge
join lineage_nodes as above on above.dataset = edge.parent
join lineage_nodes as below on below.dataset = edge.child
where edge.counted and edge.via is null
