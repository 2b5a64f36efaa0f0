/* The editor of segments counts while one types. Without this file the button "Count" does the same. */
(() => {
  const form = document.querySelector("[data-segment]");
  const shown = document.querySelector("[data-shown]");
  if (!form || !shown) return;
  let timer = 0;
  let asked = 0;
  const look = async () => {
    const mine = ++asked;
    shown.setAttribute("aria-busy", "true");
    try {
      const answer = await fetch(form.dataset.look, { method: "POST", body: new FormData(form) });
      const words = answer.ok ? await answer.text() : "";
      if (mine === asked && words) shown.innerHTML = words;
    } catch {
      /* offline: the button is still there */
    } finally {
      if (mine === asked) shown.removeAttribute("aria-busy");
    }
  };
  form.addEventListener("input", (event) => {
    if (event.target.name?.startsWith("new-")) return;
    clearTimeout(timer);
    timer = setTimeout(look, 500);
  });
})();
