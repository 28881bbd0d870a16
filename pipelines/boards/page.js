// Tables sort by a click on a header, what is not known last; the field above the board finds datasets.
for (const table of document.querySelectorAll("table.sort")) {
  [...table.querySelectorAll("th")].forEach((head, column) => {
    head.onclick = () => {
      const sign = (head.dataset.sign = head.dataset.sign === "1" ? "-1" : "1");
      const key = (row) => row.cells[column].dataset.k ?? row.cells[column].textContent;
      const order = (one, other) => {
        const [a, b] = [key(one), key(other)];
        if (a === "" || b === "") return (a === "") - (b === "");
        const [x, y] = [parseFloat(a), parseFloat(b)];
        return sign * (isNaN(x) || isNaN(y) ? a.localeCompare(b) : x - y);
      };
      const body = table.tBodies[0];
      [...body.rows].sort(order).forEach((row) => body.append(row));
    };
  });
}
const field = document.getElementById("find");
field.oninput = () => {
  for (const row of document.querySelectorAll("#board tbody tr")) {
    row.hidden = !row.cells[1].textContent.toLowerCase().includes(field.value.toLowerCase());
  }
};
