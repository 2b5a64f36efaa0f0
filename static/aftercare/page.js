// Small comforts; every page works without this file.

document.documentElement.classList.add("js");

// A button that copies: <button data-copy="text" data-done="Copied" hidden>
for (const button of document.querySelectorAll("button[data-copy]")) {
  if (!navigator.clipboard) continue;
  const word = button.querySelector("[data-word]");
  const before = word.textContent;
  button.hidden = false;
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(button.dataset.copy);
    word.textContent = button.dataset.done;
    setTimeout(() => (word.textContent = before), 2000);
  });
}

// A fold that is open closes on Escape and on a tap elsewhere: <details data-menu>
for (const menu of document.querySelectorAll("details[data-menu]")) {
  document.addEventListener("click", (event) => {
    if (!menu.contains(event.target)) menu.open = false;
  });
  menu.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !menu.open) return;
    menu.open = false;
    menu.querySelector("summary").focus();
  });
}

// A form is sent once.
for (const form of document.querySelectorAll("form[data-once]")) {
  form.addEventListener("submit", () => {
    for (const button of form.querySelectorAll("[type=submit]")) button.disabled = true;
  });
  window.addEventListener("pageshow", () => {
    for (const button of form.querySelectorAll("[type=submit]")) button.disabled = false;
  });
}

// What is typed finds answers: <textarea data-suggest="address" data-into="id">; by the method of its own form, for
// letters must not stand in logs. An answer that comes late, or not at all, changes nothing.
for (const input of document.querySelectorAll("[data-suggest]")) {
  const into = document.getElementById(input.dataset.into);
  let waiting, asked;
  input.addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(async () => {
      const said = new URLSearchParams({ q: input.value.slice(0, 400) });
      const address = new URL(input.dataset.suggest, location.href);
      const options = { signal: AbortSignal.timeout(5000) };
      if (input.form.method === "post") {
        said.set("csrfmiddlewaretoken", input.form.elements.csrfmiddlewaretoken.value);
        Object.assign(options, { method: "POST", body: said });
      } else for (const [name, value] of said) address.searchParams.set(name, value);
      const mine = (asked = {});
      const answer = await fetch(address, options).catch(() => null);
      if (answer?.ok && mine === asked) into.innerHTML = await answer.text();
    }, 400);
  });
}
