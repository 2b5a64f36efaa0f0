/* The editor of journeys: each button changes the flow in place, steps can be dragged. All of it works without this
   file, by the forms of the page. */
(() => {
  const part = (name, within = document) => within.querySelector(`[data-editor="${name}"]`);
  if (!part("main")) return;
  let changed = false;

  const ready = () => {
    changed = false;
    document.querySelectorAll("[data-drag]").forEach((handle) => (handle.hidden = false));
  };
  const mayLeave = () => !changed || confirm(part("main").dataset.unsaved);

  /* --- the page, with what the server made of it --- */
  const swap = async (answer) => {
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    if (!part("main", page)) {
      location.assign(answer.url);
      return null;
    }
    ["main", "side"].forEach((name) => part(name).replaceWith(document.adoptNode(part(name, page))));
    const head = document.querySelector(".head");
    head.replaceWith(document.adoptNode(page.querySelector(".head")));
    history.replaceState(null, "", answer.url);
    ready();
    return part("main");
  };
  const show = (main, step, verb) => {
    const alert = main.querySelector('.note[role="alert"]');
    const here = step && document.getElementById(`step-${step}`);
    const form = main.querySelector(".step__form");
    const wrong = form?.querySelector(".field--wrong input, .field--wrong select");
    const field = wrong ?? form?.querySelector('input:not([type="hidden"]), select, textarea');
    const again = here?.querySelector(`.step__card button[value="${verb}:${step}"]:not(:disabled)`);
    const target = alert ? null : form ? field : (again ?? here);
    (alert ?? form?.closest(".step") ?? here)?.scrollIntoView({ block: "nearest" });
    if (alert) alert.tabIndex = -1;
    (target ?? alert)?.focus({ preventScroll: true });
  };

  const send = async (form, submitter) => {
    const data = new FormData(form, submitter ?? null);
    const [verb, step] = (data.getAll("deed").at(-1) ?? "").split(":");
    const answer = await fetch(form.action, { method: "POST", body: data });
    const main = await swap(answer);
    if (main) show(main, new URL(answer.url).searchParams.get("step") || step, verb);
  };
  const go = async (url) => {
    const main = await swap(await fetch(url));
    if (main) show(main, url.hash.replace("#step-", ""), "");
  };

  document.addEventListener("submit", (event) => {
    const form = event.target;
    const button = event.submitter;
    if (button?.dataset.ask && !confirm(button.dataset.ask)) return event.preventDefault();
    if (form.dataset.form === undefined) return;
    event.preventDefault();
    if (!form.classList.contains("step__form") && !mayLeave()) return;
    send(form, button).catch(() => form.submit());
  });
  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[data-part]");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    if (mayLeave()) go(new URL(link.href)).catch(() => location.assign(link.href));
  });
  document.addEventListener("input", (event) => {
    if (event.target.closest(".step__form")) changed = true;
  });
  addEventListener("beforeunload", (event) => changed && event.preventDefault());

  /* --- dragging: a step is dropped on any "add a step here" --- */
  let moving = null;
  document.addEventListener("pointerdown", (event) => {
    const step = event.target.closest("[data-drag]")?.closest("[data-step]");
    if (step) step.draggable = true;
  });
  document.addEventListener("dragstart", (event) => {
    moving = event.target.closest?.("[data-step]");
    if (!moving) return;
    event.stopPropagation();
    part("main").classList.add("is-moving");
    event.dataTransfer.effectAllowed = "move";
    event.dataTransfer.setData("text/plain", "");
  });
  const over = (event) => moving && event.target.closest?.("[data-place]");
  document.addEventListener("dragover", (event) => {
    document.querySelectorAll(".add-here.is-over").forEach((place) => place.classList.remove("is-over"));
    const place = over(event);
    if (!place || moving.contains(place)) return;
    event.preventDefault();
    place.classList.add("is-over");
  });
  document.addEventListener("drop", (event) => {
    const place = over(event);
    if (!place) return;
    event.preventDefault();
    const form = document.getElementById("deeds");
    const button = Object.assign(document.createElement("button"), {
      name: "deed",
      value: `move:${moving.dataset.step}:${place.dataset.place}`,
      hidden: true,
    });
    form.append(button);
    form.requestSubmit(button);
  });
  document.addEventListener("dragend", () => {
    part("main").classList.remove("is-moving");
    if (moving) moving.draggable = false;
    moving = null;
  });

  ready();
})();
