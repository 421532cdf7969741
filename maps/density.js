"use strict";
(() => {
  const page = JSON.parse(document.getElementById("page-settings").textContent);
  placeControls(window[page.map], page.words);
})();
