/* The editor of cards shows the page while one types. Without this file the button "Show" does the same. */
(() => {
  const button = document.querySelector("[data-cardview]");
  const form = button?.form;
  if (!form) return;
  let timer = 0;
  const show = () => form.requestSubmit(button);
  form.addEventListener("input", (event) => {
    if (event.target.type === "file") return;
    clearTimeout(timer);
    timer = setTimeout(show, 500);
  });
  button.parentElement.hidden = true;
  show();
})();
