// Reviews of one product on any page of a shop. One tag, where the reviews are to stand:
//   <script async src="https://…/static/aftercare/reviews-widget.js" data-store="my-shop" data-product="771"></script>
// data-product: the shop's own id of the product, or data-sku. data-lang: en, uk, ru; else the page's own.
// It makes a frame and nothing else: no cookie, no request of its own, nothing is read from the page around it.

(() => {
  const tag = document.currentScript;
  if (!tag) return;
  const home = new URL(tag.src);
  const given = tag.dataset;
  const address = new URL(`/reviews/${encodeURIComponent(given.store || "")}/widget/`, home.origin);
  const language = given.lang || document.documentElement.lang.slice(0, 2);
  for (const [name, value] of Object.entries({ product: given.product, sku: given.sku, lang: language })) {
    if (value) address.searchParams.set(name, value);
  }
  const frame = document.createElement("iframe");
  frame.src = address.href;
  frame.title = given.title || "Reviews";
  frame.loading = "lazy";
  frame.referrerPolicy = "no-referrer";
  frame.setAttribute("sandbox", "allow-scripts allow-popups allow-popups-to-escape-sandbox allow-same-origin");
  frame.style.cssText = "display:block;width:100%;height:420px;border:0;color-scheme:normal";
  tag.after(frame);
  addEventListener("message", (event) => {
    if (event.source !== frame.contentWindow || event.origin !== home.origin) return;
    const height = Number(event.data && event.data.aftercareHeight);
    if (height > 0 && height < 20000) frame.style.height = `${Math.ceil(height)}px`;
  });
})();
