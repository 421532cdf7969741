// Themes are empty layers in Leaflet's own layer control; choosing one recolours the townships.
"use strict";
(() => {
  const page = JSON.parse(document.getElementById("page-settings").textContent);
  const map = window[page.map];
  const townships = window[page.townships];
  const tops = page.tops.map((name) => window[name]);
  const legends = document.querySelectorAll("section.legend");
  const topLists = document.querySelectorAll("section.top-list");
  const layers = new Map(townships.getLayers().map((layer) => [layer.feature.id, layer]));
  let indicator = null;

  // A correction that nobody has closed: the value keeps its place, with a flag beside it.
  const flag = ` <b class="disputed">⚠ ${page.words.disputed}</b>`;
  for (const [code, indicator] of JSON.parse(document.getElementById("disputes").textContent)) {
    const position = page.codes.indexOf(code);
    const layer = layers.get(position);
    if (!layer) continue;
    layer.feature.properties[page.disputable[indicator]] += flag;
    document.querySelectorAll(`button[data-township="${position}"]`).forEach((button) =>
      button.insertAdjacentHTML("beforeend", flag));
  }

  // Labels and values are safe HTML: see maps/safe_text.py.
  function brief(layer) {
    const rows = page.tooltips[indicator].map((key) =>
      `<tr><th>${page.labels[key]}</th><td>${layer.feature.properties[key]}</td></tr>`);
    return `<table>${rows.join("")}</table>`;
  }

  function showIndicator(wanted) {
    if (wanted === indicator) return;
    indicator = wanted;
    townships.unbindTooltip().bindTooltip(brief, { sticky: true, className: "foliumtooltip" });
    tops.forEach((top, position) => (position === indicator ? map.addLayer(top) : map.removeLayer(top)));
    topLists.forEach((list, position) => { list.hidden = position !== indicator; });
  }

  function show(theme) {
    townships.eachLayer((layer) => layer.setStyle({ fillColor: layer.feature.properties.fill[theme] }));
    legends.forEach((legend, position) => { legend.hidden = position !== theme; });
    // Afterwards: while it handles a click, the layer control puts back what it took for chosen.
    queueMicrotask(() => showIndicator(page.theme_indicators[theme]));
  }

  page.themes.forEach((name, theme) => window[name].on("add", () => show(theme)));
  showIndicator(0);
  townships.on("mouseover", (event) => event.layer.setStyle({ color: "#000", weight: 2.5 }));
  townships.on("mouseout", (event) => event.layer.setStyle({ color: "#6b6b6b", weight: 0.6 }));

  document.querySelectorAll("button[data-township]").forEach((button) => {
    button.addEventListener("click", () => {
      const layer = layers.get(Number(button.dataset.township));
      document.querySelector(".map-area").scrollIntoView({ block: "nearest" });
      map.fitBounds(layer.getBounds(), { animate: false, maxZoom: map.getBoundsZoom(townships.getBounds()) + 2 });
      layer.fire("click", { latlng: layer.getBounds().getCenter() }, true);
      townships.closeTooltip();
    });
  });
  document.addEventListener("keydown", (event) => { if (event.key === "Escape") map.closePopup(); });
  placeControls(map, page.words);
})();
