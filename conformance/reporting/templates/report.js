"use strict";
(() => {
  const root = document.documentElement;
  root.classList.add("js");
  const form = document.querySelector("form.filter");
  const rows = [...document.querySelectorAll("table.requirements tbody tr")];
  const chips = [...form.querySelectorAll("button.chip")];
  const output = form.querySelector("output");
  const reset = form.querySelector("button.plain");
  const words = new Map(rows.map((row) => [row, `${row.textContent} ${row.dataset.more}`.toLowerCase()]));

  function wanted() {
    return {
      texts: form.elements.text.value.toLowerCase().split(/\s+/).filter(Boolean),
      level: form.elements.level.value,
      topic: form.elements.topic.value,
      verdicts: new Set(chips.filter((chip) => chip.getAttribute("aria-pressed") === "true").map((chip) => chip.dataset.verdict)),
    };
  }

  function filter() {
    const { texts, level, topic, verdicts } = wanted();
    const counts = new Map();
    let shown = 0;
    for (const row of rows) {
      const fits =
        (!level || row.dataset.level === level) &&
        (!topic || row.dataset.topic === topic) &&
        texts.every((text) => words.get(row).includes(text));
      if (fits) counts.set(row.dataset.verdict, (counts.get(row.dataset.verdict) || 0) + 1);
      const stays = fits && (!verdicts.size || verdicts.has(row.dataset.verdict));
      row.classList.toggle("out", !stays);
      shown += stays ? 1 : 0;
    }
    for (const chip of chips) chip.querySelector("b").textContent = counts.get(chip.dataset.verdict) || 0;
    output.textContent = output.dataset.said.replace("{shown}", shown).replace("{total}", rows.length);
    reset.hidden = !(texts.length || level || topic || verdicts.size);
    document.querySelector("p.nothing").hidden = shown > 0;
  }

  function clear() {
    for (const field of ["text", "level", "topic"]) form.elements[field].value = "";
    for (const chip of chips) chip.setAttribute("aria-pressed", "false");
    filter();
  }

  /* What an address names is opened and, where the filter hides it, shown. */
  function reveal(id) {
    const goal = id && document.getElementById(id);
    if (!goal) return;
    if (goal.classList.contains("out")) clear();
    const own = goal.matches("details") ? goal : goal.matches("tr") ? goal.querySelector("details") : null;
    if (own) own.open = true;
    for (let outer = goal.closest("details"); outer; outer = outer.parentElement.closest("details")) outer.open = true;
    goal.scrollIntoView();
  }

  async function copy(button) {
    const source = button.parentElement.querySelector("pre");
    const range = document.createRange();
    range.selectNodeContents(source);
    try {
      await navigator.clipboard.writeText(source.textContent);
    } catch {
      /* A page from a file may have no clipboard: then the selection is copied, or left for the reader to copy. */
      getSelection().removeAllRanges();
      getSelection().addRange(range);
      if (!document.execCommand("copy")) return;
    }
    const label = button.textContent;
    button.textContent = button.dataset.copied;
    setTimeout(() => { button.textContent = label; }, 1500);
  }

  for (const button of document.querySelectorAll("button.copy")) button.addEventListener("click", () => copy(button));
  for (const chip of chips) {
    chip.addEventListener("click", () => {
      chip.setAttribute("aria-pressed", chip.getAttribute("aria-pressed") === "true" ? "false" : "true");
      filter();
    });
  }
  for (const tile of document.querySelectorAll("a.tile[data-filter]")) {
    tile.addEventListener("click", () => {
      clear();
      form.querySelector(`button[data-verdict=${tile.dataset.filter}]`).click();
    });
  }
  for (const event of ["input", "change"]) form.addEventListener(event, filter);
  form.addEventListener("submit", (event) => event.preventDefault());
  reset.addEventListener("click", () => { clear(); form.elements.text.focus(); });

  /* On paper nothing can be opened. */
  let opened = [];
  addEventListener("beforeprint", () => {
    opened = [...document.querySelectorAll("details[data-print]:not([open])")];
    for (const details of opened) details.open = true;
  });
  addEventListener("afterprint", () => { for (const details of opened) details.open = false; });
  addEventListener("hashchange", () => reveal(decodeURIComponent(location.hash.slice(1))));
  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[href^='#']");
    if (link && link.hash === location.hash) reveal(decodeURIComponent(link.hash.slice(1)));
  });
  filter();
  reveal(decodeURIComponent(location.hash.slice(1)));
})();
