// A product in three dimensions takes the place of its picture once somebody asks. Without this file, or where the
// browser cannot draw, the same links give the model itself. The viewer, a megabyte, is loaded by that first press.

// Our policy forbids WebAssembly. The viewer would try it, and complain; it does without where there is none.
delete self.WebAssembly;

let viewer;
const load = (address) =>
  (viewer ??= new Promise((done, failed) => {
    const script = document.createElement("script");
    script.src = address;
    script.onload = () => done();
    script.onerror = () => {
      viewer = undefined;
      failed(new Error(address));
    };
    document.head.append(script);
  }));

const drawn = (stage) =>
  new Promise((done, failed) => {
    const model = document.createElement("model-viewer");
    const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
    const said = { src: stage.dataset.shape, alt: stage.dataset.alt, a11y: stage.dataset.sides };
    Object.assign(said, { "camera-controls": "", "touch-action": "pan-y", "interaction-prompt": "none" });
    if (!calm) said["auto-rotate"] = "";
    for (const [name, value] of Object.entries(said)) model.setAttribute(name, value);
    model.addEventListener("load", () => done(model));
    model.addEventListener("error", () => {
      model.remove();
      failed(new Error(said.src));
    });
    stage.append(model);
  });

for (const stage of document.querySelectorAll("[data-shape]")) {
  const part = stage.parentElement;
  const [turn, failed, ar] = ["a[data-turn]", "[data-failed]", "a[rel=ar]"].map((one) => part.querySelector(one));
  if (ar?.relList.supports?.("ar")) ar.hidden = false;
  turn?.addEventListener("click", async (event) => {
    if (!document.createElement("canvas").getContext("webgl2")) return;
    event.preventDefault();
    if (turn.ariaBusy) return;
    turn.ariaBusy = "true";
    try {
      await load(stage.dataset.viewer);
      const model = await drawn(stage);
      stage.classList.add("shape--drawn");
      turn.hidden = true;
      model.shadowRoot.querySelector(".userInput")?.focus();
    } catch {
      failed.hidden = false;
      turn.ariaBusy = null;
    }
  });
}
