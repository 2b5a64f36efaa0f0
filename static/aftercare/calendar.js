/* Dragging a campaign to another day presses the button of its own form. Without a script the form is there all the same. */
(() => {
  const calendar = document.querySelector("[data-calendar]");
  if (!calendar) return;
  let dragged = null;

  calendar.querySelectorAll("[data-campaign]").forEach((item) => {
    item.draggable = true;
    item.addEventListener("dragstart", (event) => {
      dragged = item;
      event.dataTransfer.effectAllowed = "move";
      event.dataTransfer.setData("text/plain", item.dataset.campaign);
      item.classList.add("is-dragged");
    });
    item.addEventListener("dragend", () => {
      item.classList.remove("is-dragged");
      calendar.querySelectorAll(".is-over").forEach((day) => day.classList.remove("is-over"));
      dragged = null;
    });
  });

  const takes = (day) => dragged && day && !day.classList.contains("cal__day--past") && !day.contains(dragged);

  calendar.addEventListener("dragover", (event) => {
    const day = event.target.closest("[data-day]");
    calendar.querySelectorAll(".is-over").forEach((other) => other !== day && other.classList.remove("is-over"));
    if (!takes(day)) return;
    event.preventDefault();
    day.classList.add("is-over");
  });

  calendar.addEventListener("drop", (event) => {
    const day = event.target.closest("[data-day]");
    if (!takes(day)) return;
    event.preventDefault();
    const form = dragged.querySelector("form");
    form.elements.day.value = day.dataset.day;
    form.requestSubmit();
  });
})();
