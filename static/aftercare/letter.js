/* The editor of mails: preview while one types, a draft that saves itself, blocks that are dragged, variables that are
   put in by a click. All of it works without this file, by the buttons of the form. */
(() => {
  const find = (name, within = document) => within.querySelector(`[data-${name}]`);
  const form = find("letter");
  if (!form) return;
  const mayWrite = form.dataset.may === "1";
  const shown = find("shown");
  let view = [...(shown?.classList ?? [])].find((name) => name.startsWith("shown--"))?.slice(7) ?? "phone";
  let kept = ""; // where the newest preview lies
  let changed = false;
  let asked = 0;
  let last = null; // the field that was written in last

  const body = () => {
    const data = new FormData(form);
    data.set("sample", find("sample")?.value ?? "");
    return data;
  };
  const say = (words) => {
    const place = find("state", form);
    if (place && words) place.textContent = words;
  };
  const later = (seconds, work) => {
    let timer = 0;
    return () => {
      clearTimeout(timer);
      timer = setTimeout(work, seconds * 1000);
    };
  };

  /* --- the preview --- */
  const frame = find("frame");
  let stored = frame?.dataset.frame ?? ""; // where what is saved can be looked at: the frame of those without scripts
  const open = (address) => {
    frame.hidden = false;
    find("nothing")?.remove();
    // a window of its own origin: it may be sent elsewhere, and leaves no step in the history
    frame.contentWindow.location.replace(address);
  };
  const look = () => frame && kept && open(`${kept}${view}/`);
  const show = (answer) => {
    const why = find("why");
    why.hidden = !answer.said;
    why.textContent = answer.said ?? "";
    const subject = find("subject");
    if (answer.url) {
      kept = answer.url;
      subject.hidden = false;
      subject.textContent = answer.subject;
      const size = find("size");
      size.hidden = false;
      size.textContent = answer.clipped ? `${answer.size}. ${size.dataset.clip}` : answer.size;
      look();
    }
    const measure = find("measure");
    if (measure && answer.measure) {
      measure.textContent = answer.measure;
      const odd = find("odd");
      odd.hidden = !answer.warning;
      odd.textContent = answer.warning;
    }
    mark(answer.problems ?? []);
  };
  /* what is wrong, beside its field; the rest above the blocks */
  const mark = (problems) => {
    form.querySelectorAll(".field__error").forEach((old) => old.remove());
    form.querySelectorAll(".field--wrong").forEach((field) => field.classList.remove("field--wrong"));
    form.querySelectorAll(".block--wrong").forEach((block) => block.classList.remove("block--wrong"));
    const whole = find("whole", form);
    if (whole) whole.replaceChildren();
    const blocks = [...form.querySelectorAll("[data-block]")];
    problems.forEach((problem) => {
      const words = document.createElement("p");
      words.textContent = problem.what;
      const block = blocks[problem.block];
      const key = block?.querySelector('input[name="block"]').value;
      const name = block ? `${key}-${problem.field.replaceAll(".", "-")}` : problem.field;
      const field = [...form.querySelectorAll("[data-field]")].find((one) => one.dataset.field === name);
      words.className = field || block ? "field__error" : "note note--bad";
      block?.classList.add("block--wrong");
      if (field) field.classList.add("field--wrong");
      (field ?? block?.querySelector(".block__form") ?? whole)?.append(words);
    });
  };
  const preview = async () => {
    if (!mayWrite) return;
    const mine = ++asked;
    try {
      const answer = await fetch(form.dataset.preview, { method: "POST", body: body() });
      if (answer.ok && mine === asked) show(await answer.json());
    } catch {
      /* the next key tries again */
    }
    if (kept || !stored) return;
    open(stored); // what is typed cannot be filled: the stored one, or why there is none
    stored = "";
  };
  const previewSoon = later(0.5, preview);

  /* --- the draft saves itself --- */
  const save = async () => {
    if (!mayWrite || !changed) return;
    changed = false;
    say(find("state", form).dataset.saving);
    const data = body();
    data.set("do", "save");
    try {
      const answer = await fetch(location.href, { method: "POST", body: data, headers: { "X-Live": "save" } });
      const said = await answer.json();
      if (said.token !== undefined) find("token", form).value = said.token;
      if (said.conflict || said.refused) halted = true;
      say(said.said ?? said.conflict ?? said.refused);
    } catch {
      changed = true;
      say(find("state", form).dataset.offline);
    }
  };
  let halted = false; // somebody else saved: the next word is the author's, by the button
  const saveSoon = later(2.5, () => halted || save());
  const touched = () => {
    changed = true;
    previewSoon();
    saveSoon();
  };
  form.addEventListener("input", touched);
  form.addEventListener("focusin", (event) => {
    if (event.target.matches("[data-liquid]")) last = event.target;
  });
  addEventListener("beforeunload", (event) => {
    if (changed && !halted) event.preventDefault();
  });

  /* --- buttons --- */
  form.addEventListener("submit", async (event) => {
    const button = event.submitter;
    if (button?.dataset.ask && !confirm(button.dataset.ask)) return event.preventDefault();
    changed = false;
    const sent = find("sample-sent", form);
    if (sent) sent.value = find("sample")?.value ?? "";
    if (!button || button.dataset.part === undefined) return;
    event.preventDefault();
    const data = body();
    data.set("do", button.value);
    const answer = await fetch(location.href, { method: "POST", body: data });
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const fresh = find("blocks", page);
    if (!fresh) return location.assign(answer.url);
    const unfolded = [...form.querySelectorAll("details[open]")].map((one) => one.closest("[data-block]")?.id);
    find("blocks", form).replaceWith(document.adoptNode(fresh));
    find("token", form).value = find("token", page).value;
    const moved = fresh.querySelector("details[open]")?.closest("[data-block]");
    if (!moved) unfolded.forEach((id) => id && fresh.querySelector(`#${id} details`)?.setAttribute("open", ""));
    say(find("state", page)?.textContent.trim());
    const verb = button.value.split(":")[0];
    if (moved) {
      moved.scrollIntoView({ block: "nearest" });
      const again = moved.querySelector(`button[value^="${verb}:"]:not(:disabled)`);
      (verb === "add" || verb === "copy" ? moved.querySelector("[data-liquid], select") : again)?.focus();
    }
    preview();
  });

  /* --- dragging --- */
  let moving = null;
  document.addEventListener("pointerdown", (event) => {
    const block = event.target.closest("[data-drag]")?.closest("[data-block]");
    if (block) block.draggable = true;
  });
  document.addEventListener("dragstart", (event) => {
    moving = event.target.closest?.("[data-block]");
    if (!moving) return;
    moving.classList.add("is-moving");
    event.dataTransfer.effectAllowed = "move";
    event.dataTransfer.setData("text/plain", "");
  });
  document.addEventListener("dragover", (event) => {
    const over = moving && event.target.closest?.("[data-block]");
    if (!over) return;
    event.preventDefault();
    if (over === moving) return;
    const box = over.getBoundingClientRect();
    const below = event.clientY > box.top + box.height / 2;
    over.parentNode.insertBefore(moving, below ? over.nextSibling : over);
  });
  document.addEventListener("drop", (event) => moving && event.preventDefault());
  document.addEventListener("dragend", () => {
    if (!moving) return;
    moving.classList.remove("is-moving");
    moving.draggable = false;
    moving = null;
    number();
    touched();
  });
  /* after a drag, buttons speak of the new places */
  const number = () => {
    const blocks = [...form.querySelectorAll("[data-block]")];
    blocks.forEach((block, at) => {
      block.id = `block-${at + 1}`;
      block.querySelectorAll("button[data-part]").forEach((button) => {
        const verb = button.value.split(":")[0];
        button.value = `${verb}:${at}`;
        if (verb === "up") button.disabled = at === 0;
        if (verb === "down") button.disabled = at === blocks.length - 1;
      });
    });
  };

  /* --- the rest --- */
  document.addEventListener("click", (event) => {
    const link = event.target.closest("[data-view]");
    if (link && kept) {
      event.preventDefault();
      shown.classList.replace(`shown--${view}`, `shown--${link.dataset.view}`);
      view = link.dataset.view;
      shown.querySelectorAll("[data-view]").forEach((one) => one.removeAttribute("aria-current"));
      link.setAttribute("aria-current", "true");
      look();
    }
    const name = event.target.closest("[data-insert]");
    if (name) {
      const field = last?.isConnected ? last : form.querySelector("[data-liquid]");
      if (!field) return;
      field.closest("details")?.setAttribute("open", "");
      field.focus();
      field.setRangeText(name.dataset.insert, field.selectionStart, field.selectionEnd, "end");
      field.dispatchEvent(new Event("input", { bubbles: true }));
    }
  });
  find("sample")?.addEventListener("change", preview);
  if (mayWrite && stored) frame.hidden = false; // its place is kept while the mail is being filled
  if (stored || form.querySelector('[name="subject"], [name="text"]')?.value) preview();
})();
