/* The agent's keyboard: / searches, j and k walk through a list, Enter opens, x ticks. Everything works without it. */
(() => {
  const rows = [...document.querySelectorAll("[data-rows] tbody tr")];
  let at = -1;

  const busy = (target) => target.closest("input, textarea, select, [contenteditable]");

  const go = (step) => {
    if (!rows.length) return;
    at = Math.min(Math.max(at + step, 0), rows.length - 1);
    rows.forEach((row, i) => row.classList.toggle("is-here", i === at));
    const link = rows[at].querySelector("th a, td a");
    if (link) link.focus({ preventScroll: true });
    rows[at].scrollIntoView({ block: "nearest" });
  };

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "Escape") document.querySelectorAll("details[data-menu][open]").forEach((d) => (d.open = false));
    if (busy(event.target)) {
      if (event.key === "Escape") event.target.blur();
      return;
    }
    if (event.key === "/") {
      const box = document.querySelector("[data-search]");
      if (box) {
        event.preventDefault();
        box.focus();
        box.select();
      }
    } else if (event.key === "j") go(1);
    else if (event.key === "k") go(-1);
    else if (event.key === "x" && at >= 0) rows[at].querySelector("input.action-select")?.click();
  });

  document.addEventListener("click", (event) => {
    document.querySelectorAll("details[data-menu][open]").forEach((menu) => {
      if (!menu.contains(event.target)) menu.open = false;
    });
    // a row is as good as its link
    const row = event.target.closest("[data-rows] tbody tr");
    if (row && !event.target.closest("a, input, button, label, summary") && !String(getSelection())) {
      row.querySelector("th a, td a")?.click();
    }
  });

  const all = document.getElementById("action-toggle");
  const ticks = [...document.querySelectorAll("input.action-select")];
  const bar = document.querySelector("[data-actions]");
  const count = () => {
    const chosen = ticks.filter((tick) => tick.checked).length;
    if (bar) bar.classList.toggle("is-on", chosen > 0);
    const said = document.querySelector("[data-chosen]");
    if (said) said.textContent = chosen;
  };
  if (all) {
    all.hidden = false;
    all.addEventListener("change", () => {
      ticks.forEach((tick) => (tick.checked = all.checked));
      count();
    });
  }
  ticks.forEach((tick) => tick.addEventListener("change", count));

  document.querySelectorAll("[data-copy]").forEach((button) => {
    button.hidden = !navigator.clipboard;
    button.addEventListener("click", () => {
      navigator.clipboard.writeText(button.dataset.copy).then(() => button.classList.add("is-done"));
    });
  });
})();
