/* The minutes in which a campaign may still be called off. Without a script the page tells the time and reloads. */
(() => {
  const clock = document.querySelector("[data-countdown]");
  if (!clock) return;
  const ends = Date.parse(clock.dataset.countdown);
  const tick = () => {
    const left = Math.max(0, Math.ceil((ends - Date.now()) / 1000));
    clock.textContent = `${Math.floor(left / 60)}:${String(left % 60).padStart(2, "0")}`;
    clock.hidden = false;
    if (left > 0) return;
    clearInterval(timer);
    setTimeout(() => location.reload(), 6000); // the clock of campaigns strikes every five seconds
  };
  const timer = setInterval(tick, 1000);
  tick();
})();
