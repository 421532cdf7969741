// Stands before the script of every map page: Leaflet's controls in the language of the page.
"use strict";
function placeControls(map, words) {
  map.on("popupopen", (event) => event.popup.getElement()
    .querySelector(".leaflet-popup-close-button").setAttribute("aria-label", words.close));

  // Beside the map the layer control hides nothing on it.
  const control = document.querySelector(".leaflet-control-layers");
  control.setAttribute("role", "group");
  control.setAttribute("aria-label", words.layers);
  control.querySelector(".leaflet-control-layers-toggle").remove();
  document.querySelector("aside").prepend(control);
  map.attributionControl.setPrefix(false);
  L.control.zoom({ zoomInTitle: words.zoom_in, zoomOutTitle: words.zoom_out }).addTo(map);
  L.control.scale({ imperial: false, position: "bottomright" }).addTo(map);
}
