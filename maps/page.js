// Themes are empty layers in Leaflet's own layer control; choosing one recolours the townships.
"use strict";
(() => {
  const page = JSON.parse(document.getElementById("page-settings").textContent);
  const map = window[page.map];
  const townships = window[page.townships];
  const legends = document.querySelectorAll("section.legend");
  const topLists = document.querySelectorAll("section.top-list");
  const themesPerList = legends.length / topLists.length;
  const layers = new Map(townships.getLayers().map((layer) => [layer.feature.id, layer]));

  function show(theme) {
    townships.eachLayer((layer) => layer.setStyle({ fillColor: layer.feature.properties.fill[theme] }));
    legends.forEach((legend, position) => { legend.hidden = position !== theme; });
    topLists.forEach((list, position) => { list.hidden = position !== Math.floor(theme / themesPerList); });
  }

  page.themes.forEach((name, theme) => window[name].on("add", () => show(theme)));
  townships.on("mouseover", (event) => event.layer.setStyle({ color: "#000", weight: 2.5 }));
  townships.on("mouseout", (event) => event.layer.setStyle({ color: "#6b6b6b", weight: 0.6 }));

  document.querySelectorAll("button[data-township]").forEach((button) => {
    button.addEventListener("click", () => {
      const layer = layers.get(Number(button.dataset.township));
      map.fitBounds(layer.getBounds(), { maxZoom: map.getBoundsZoom(townships.getBounds()) + 2 });
      layer.fire("click", { latlng: layer.getBounds().getCenter() }, true);
    });
  });

  // Beside the map the layer control hides no township.
  document.querySelector("aside").prepend(document.querySelector(".leaflet-control-layers"));
  map.attributionControl.setPrefix(false);
  L.control.zoom({ zoomInTitle: page.zoomIn, zoomOutTitle: page.zoomOut }).addTo(map);
  L.control.scale({ imperial: false, position: "bottomright" }).addTo(map);
})();
