// The places of each kind are a layer of Leaflet's own layer control; the list leads to them.
"use strict";
(() => {
  const page = JSON.parse(document.getElementById("page-settings").textContent);
  const map = window[page.map];
  const places = new Map();

  page.groups.forEach((name) => window[name].eachLayer((layer) => {
    layer.eachLayer((place) => {
      if (place.feature.properties.box) places.set(place.feature.id, [window[name], place]);
    });
  }));

  document.querySelectorAll("button[data-place]").forEach((button) => {
    button.addEventListener("click", () => {
      const [group, place] = places.get(Number(button.dataset.place));
      document.querySelector(".map-area").scrollIntoView({ block: "nearest" });
      map.addLayer(group);
      map.fitBounds(place.feature.properties.box, { animate: false, maxZoom: 17 });
      place.fire("click", { latlng: place.getLatLng() }, true);
    });
  });
  map.on("popupopen", (event) => event.popup.getElement()
    .querySelector(".leaflet-popup-close-button").setAttribute("aria-label", page.words.close));

  // Beside the map the layer control hides no place.
  const control = document.querySelector(".leaflet-control-layers");
  control.setAttribute("role", "group");
  control.setAttribute("aria-label", page.words.layers);
  control.querySelector(".leaflet-control-layers-toggle").remove();
  document.querySelector("aside").prepend(control);
  map.attributionControl.setPrefix(false);
  L.control.zoom({ zoomInTitle: page.words.zoom_in, zoomOutTitle: page.words.zoom_out }).addTo(map);
  L.control.scale({ imperial: false, position: "bottomright" }).addTo(map);
})();
