"use strict";
(() => {
  const table = document.getElementById("grades");
  const body = table.tBodies[0];
  const heads = Array.from(table.tHead.rows[0].cells);
  const rows = Array.from(body.rows);
  const folded = (text) => text.normalize("NFC").toLocaleLowerCase();
  const names = new Map(rows.map((row) => [row, folded(row.cells[0].textContent)]));
  const collator = new Intl.Collator(document.documentElement.lang, { numeric: true });
  const count = document.getElementById("count");
  const name = document.getElementById("name");
  const kind = document.getElementById("kind");

  // Null where there is nothing to be sorted by.
  const keyOf = (cell, isText) => {
    const value = isText ? cell.textContent : parseFloat(cell.textContent);
    return value === "" || Number.isNaN(value) ? null : value;
  };

  const sortBy = (index) => {
    const falls = heads[index].getAttribute("aria-sort") === "ascending";
    heads.forEach((head, at) => {
      head.setAttribute("aria-sort", at !== index ? "none" : falls ? "descending" : "ascending");
    });
    const isText = heads[index].dataset.text !== undefined;
    const keys = new Map(rows.map((row) => [row, keyOf(row.cells[index], isText)]));
    const turn = falls ? -1 : 1;
    const compare = (one, other) => {
      const [mine, theirs] = [keys.get(one), keys.get(other)];
      // What has no key comes last, whichever way it is sorted.
      if (mine === null || theirs === null) return (mine === null) - (theirs === null);
      return turn * (isText ? collator.compare(mine, theirs) : mine - theirs);
    };
    body.replaceChildren(...rows.toSorted(compare));
  };

  const filter = () => {
    const wanted = folded(name.value.trim());
    let shown = 0;
    for (const row of rows) {
      const fits = names.get(row).includes(wanted) && (!kind.value || row.classList.contains(kind.value));
      if (row.hidden === fits) row.hidden = !fits;
      shown += fits;
    }
    count.textContent = count.dataset.text.replace("{0}", shown).replace("{1}", rows.length);
  };

  heads.forEach((head, index) => head.firstElementChild.addEventListener("click", () => sortBy(index)));
  name.addEventListener("input", filter);
  kind.addEventListener("change", filter);
  filter();
})();
