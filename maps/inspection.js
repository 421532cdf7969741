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
  placeControls(map, page.words);
})();
