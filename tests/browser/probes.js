// Questions to an open page; each answers with a list of what is wrong.
({
  // Text below 4.5:1 (large text: 3:1) against the ground it really stands on.
  faint() {
    const canvas = document.createElement("canvas");
    canvas.width = canvas.height = 1;
    const brush = canvas.getContext("2d", { willReadFrequently: true });
    const rgba = (colour) => {
      brush.clearRect(0, 0, 1, 1);
      brush.fillStyle = colour;
      brush.fillRect(0, 0, 1, 1);
      const [r, g, b, a] = brush.getImageData(0, 0, 1, 1).data;
      return [r, g, b, a / 255];
    };
    const over = ([r, g, b, a], [R, G, B]) => [r * a + R * (1 - a), g * a + G * (1 - a), b * a + B * (1 - a), 1];
    const ground = (element) => {
      const layers = [];
      for (let e = element; e; e = e.parentElement) {
        const layer = rgba(getComputedStyle(e).backgroundColor);
        if (layer[3]) layers.push(layer);
        if (layer[3] === 1) break;
      }
      return layers.reduceRight((below, layer) => over(layer, below), [255, 255, 255, 1]);
    };
    const light = ([r, g, b]) => {
      const [x, y, z] = [r, g, b].map((c) => ((c /= 255) <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4));
      return 0.2126 * x + 0.7152 * y + 0.0722 * z;
    };
    const wrong = new Set();
    const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (texts.nextNode()) {
      const words = texts.currentNode.textContent.trim();
      const element = texts.currentNode.parentElement;
      if (!words || !element.checkVisibility({ visibilityProperty: true }) || element.closest(".sr, .skip, svg")) continue;
      const style = getComputedStyle(element);
      if (style.clipPath !== "none") continue;
      let [r, g, b, a] = rgba(style.color);
      for (let e = element; e; e = e.parentElement) a *= getComputedStyle(e).opacity;
      const below = ground(element);
      const [one, two] = [light(over([r, g, b, a], below)), light(below)].sort((p, q) => q - p);
      const size = parseFloat(style.fontSize);
      const wanted = size >= 24 || (size >= 18.66 && style.fontWeight >= 700) ? 3 : 4.5;
      const ratio = (one + 0.05) / (two + 0.05);
      if (ratio < wanted) wrong.add(`${ratio.toFixed(2)} ${words.slice(0, 40)}`);
    }
    return [...wrong];
  },

  // Controls that a finger misses: lower or narrower than 44 px.
  small() {
    const controls = "button, summary, select, textarea, input, .btn, .ghost, .bar__name, .languages a, .stars__one, .tabs a";
    return [...document.querySelectorAll(controls)]
      .filter((e) => e.checkVisibility({ visibilityProperty: true }) && !e.matches("[type=hidden]"))
      .map((e) => [e, (e.matches("[type=radio], [type=checkbox]") ? e.closest("label") || e : e).getBoundingClientRect()])
      .filter(([, box]) => box.width && (box.height < 43.9 || box.width < 43.9))
      .map(([e, box]) => `${Math.round(box.width)}×${Math.round(box.height)} ${e.outerHTML.slice(0, 80)}`);
  },

  // What stands out of the page to the right.
  wide() {
    const width = document.documentElement.clientWidth;
    if (document.documentElement.scrollWidth <= width) return [];
    const out = [...document.body.querySelectorAll("*")].filter((e) => e.getBoundingClientRect().right > width + 0.5);
    return [`${document.documentElement.scrollWidth} > ${width}`, ...out.slice(0, 5).map((e) => e.outerHTML.slice(0, 90))];
  },

  // Language, one h1, landmarks, names of fields, buttons, links and frames, unique ids.
  unnamed() {
    const wrong = [];
    if (!document.documentElement.lang) wrong.push("no language");
    if (document.querySelectorAll("h1").length !== 1) wrong.push(`${document.querySelectorAll("h1").length} h1`);
    if (document.querySelectorAll("main").length !== 1) wrong.push("not one main");
    if (!document.title.trim()) wrong.push("no title");
    const name = (e) => e.getAttribute("aria-label") || e.title || e.textContent.trim() || e.querySelector("img[alt]")?.alt;
    for (const field of document.querySelectorAll("input:not([type=hidden]), select, textarea"))
      if (!field.labels?.length && !field.getAttribute("aria-label")) wrong.push(field.outerHTML.slice(0, 90));
    for (const control of document.querySelectorAll("a[href], button, summary"))
      if (!name(control) && !control.closest("[aria-hidden=true]")) wrong.push(control.outerHTML.slice(0, 90));
    for (const image of document.querySelectorAll("img:not([alt]), iframe:not([title])")) wrong.push(image.outerHTML.slice(0, 90));
    const ids = [...document.querySelectorAll("[id]")].map((e) => e.id);
    for (const id of new Set(ids.filter((id, i) => ids.indexOf(id) !== i))) wrong.push(`id ${id} twice`);
    return wrong;
  },

  // Does the element that has the focus show it?
  unseen() {
    const shown = (e) => {
      const style = getComputedStyle(e);
      return (style.outlineStyle !== "none" && parseFloat(style.outlineWidth) > 0) || style.boxShadow !== "none";
    };
    const here = document.activeElement;
    if (!here || here === document.body || here.localName === "iframe") return [];
    return shown(here) || (here.closest("label") && shown(here.closest("label"))) ? [] : [here.outerHTML.slice(0, 90)];
  },
})
