// Sorting and finding in the table of townships; without scripts it is a plain table.
"use strict";
(() => {
  const table = document.getElementById("townships");
  const body = table.tBodies[0];
  const headers = [...table.tHead.querySelectorAll("th[scope=col]")];
  const rows = [...body.rows];
  const language = document.documentElement.lang;

  function sortKey(cell) {
    if (cell.dataset.value === undefined) return cell.textContent;
    return cell.dataset.value === "" ? null : Number(cell.dataset.value);
  }

  function compare(one, other) {
    if (typeof one === "number") return one - other;
    return one.localeCompare(other, language, { numeric: true });
  }

  headers.forEach((header, column) => {
    header.querySelector("button").addEventListener("click", () => {
      const first = rows[0].cells[column].dataset.value === undefined ? "ascending" : "descending";
      const order = header.getAttribute("aria-sort") === first
        ? { ascending: "descending", descending: "ascending" }[first] : first;
      const descending = order === "descending";
      headers.forEach((each) => each.removeAttribute("aria-sort"));
      header.setAttribute("aria-sort", order);
      rows.sort((one, other) => {
        const [first, second] = [sortKey(one.cells[column]), sortKey(other.cells[column])];
        if (first === null || second === null) return (first === null) - (second === null);
        return descending ? compare(second, first) : compare(first, second);
      });
      body.append(...rows);
    });
  });

  document.getElementById("find").addEventListener("input", (event) => {
    const wanted = event.target.value.trim().toLowerCase();
    rows.forEach((row) => { row.hidden = !row.textContent.toLowerCase().includes(wanted); });
    const number = rows.filter((row) => !row.hidden).length;
    document.getElementById("found").textContent = table.dataset.found.replace("#", number);
  });
})();
