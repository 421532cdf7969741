// States day by day, badges, list and corridors. Texts become text nodes, never markup.
"use strict";
(() => {
  const read = (id) => JSON.parse(document.getElementById(id).textContent);
  const page = read("page-settings"), data = read("map-data"), ties = read("corridor-data");
  const words = page.words, map = window[page.map], layer = window[page.layer];
  const last = data.steps.length - 1;
  const shapes = new Map(layer.getLayers().map((shape) => [shape.feature.id, shape]));
  const slider = document.getElementById("slider"), play = document.getElementById("play");
  const filter = document.getElementById("only-overdue"), origin = document.getElementById("origin");
  const buttons = [...document.querySelectorAll("button[data-township]")];
  const patterns = new Set([...document.querySelectorAll(".patterns pattern")].map((each) => each.id));
  const fill = (say) => (patterns.has(say) ? `url(#${say})` : "#f7f7f5");
  const fit = (text, values) => text.replace(/\{(\w+)\}/g, (_, name) => values[name]);
  const badges = new Map();
  let now = [];
  let timer = 0;

  function add(parent, tag, text) {
    const made = parent.appendChild(document.createElement(tag));
    if (text !== undefined) made.textContent = text;
    return made;
  }

  function statesAt(step) {
    const found = data.townships.map(() => ({ state: data.states[0], since: "" }));
    for (const [day, , changes] of data.steps.slice(0, step + 1)) {
      for (const [at, state] of changes) found[at] = { state: data.states[state], since: day };
    }
    return found;
  }

  const step = () => Number(slider.value);
  const overdue = (at) => (step() === last && data.townships[at].overdue) || 0;

  function popup(at) {
    const place = data.townships[at], box = document.createElement("div");
    add(box, "b", place.name);
    add(box, "div", `${place.county} · ${place.code}`);
    const table = add(box, "table"), isLast = step() === last;
    const lines = [[words.state, now[at].state.name], [words.since, now[at].since]];
    if (isLast) lines.push([words.until, place.until], [words.next, place.next]);
    for (const [name, value] of lines.filter((line) => line[1])) {
      const row = add(table, "tr");
      add(row, "th", name);
      add(row, "td", value);
    }
    if (overdue(at)) add(box, "div", fit(words.overdue, { number: overdue(at) })).className = "late";
    return box;
  }

  function open(at) {
    L.popup({ maxWidth: 320 }).setLatLng(data.townships[at].at).setContent(popup(at)).openOn(map);
  }

  function placeBadges() {
    data.townships.forEach((place, at) => {
      if (!place.overdue) return;
      const icon = L.divIcon({ className: "badge", html: String(Number(place.overdue)), iconSize: [24, 24] });
      const marker = L.marker(place.at, { icon, keyboard: true });
      marker.on("click", () => open(at));
      badges.set(at, marker);
      marker.on("add", () => {
        const said = fit(words.overdue, { number: place.overdue }), element = marker.getElement();
        element.setAttribute("aria-label", `${place.name} ${said}`);
        element.addEventListener("keydown", (event) => {
          if (event.key !== "Enter" && event.key !== " ") return;
          event.preventDefault();
          open(at);
        });
      });
    });
  }

  function showList() {
    const only = filter !== null && filter.checked;
    let shown = 0;
    for (const button of buttons) {
      const at = Number(button.dataset.township), late = overdue(at), badge = button.querySelector(".badge");
      const isShown = now[at].state.listed && (late > 0 || !only);
      button.parentElement.hidden = !isShown;
      shown += isShown ? 1 : 0;
      button.querySelector(".state").textContent = now[at].state.name;
      badge.hidden = !late;
      badge.textContent = late ? fit(words.overdue, { number: late }) : "";
    }
    document.getElementById("no-areas").hidden = shown > 0;
  }

  function show() {
    const [day, listed] = data.steps[step()];
    now = statesAt(step());
    if (filter) {
      filter.disabled = step() !== last;
      if (filter.disabled) filter.checked = false;
    }
    const only = filter !== null && filter.checked, counts = {};
    now.forEach(({ state }, at) => {
      counts[state.mark] = (counts[state.mark] || 0) + 1;
      const isFaded = only && !overdue(at);
      shapes.get(at).setStyle({ fillColor: fill(state.mark), fillOpacity: isFaded ? 0.12 : 0.9 });
    });
    document.querySelectorAll("[data-mark]").forEach((entry) => {
      entry.querySelector("small").textContent = counts[entry.dataset.mark] || 0;
    });
    badges.forEach((marker) => (step() === last ? marker.addTo(map) : marker.remove()));
    const said = fit(words.day, { day, number: listed });
    document.getElementById("day").textContent = said;
    slider.setAttribute("aria-valuetext", said);
    map.closePopup();
    showList();
    showCorridors(day);
  }

  // ---- corridors

  function arc(from, to) {
    const middle = [(from[0] + to[0]) / 2, (from[1] + to[1]) / 2];
    const bend = [middle[0] + (to[1] - from[1]) * 0.12, middle[1] - (to[0] - from[0]) * 0.12];
    return Array.from({ length: 25 }, (_, at) => {
      const part = at / 24, rest = 1 - part;
      return [0, 1].map((axis) =>
        rest * rest * from[axis] + 2 * rest * part * bend[axis] + part * part * to[axis]);
    });
  }

  const isFrom = (county) => !origin.value || county === -1 || county === Number(origin.value);

  function drawArc(group, county, box, style, said) {
    const line = L.polyline(arc(ties.counties[county].at, ties.boxes[box].at), style).addTo(group);
    const tip = document.createElement("span");
    tip.textContent = said;
    line.bindTooltip(tip, { sticky: true });
  }

  function drawBox(group, box, number, made) {
    const label = document.createElement("div"), name = ties.boxes[box].name;
    add(label, "b", name);
    if (number !== undefined) add(label, "span", String(number));
    for (const event of ["agree", "station"]) {
      const mine = made.filter((tie) => tie[1] === box && tie[2] === event).length;
      if (mine) add(label, "i", `${event === "agree" ? words.agreement : words.station}${mine > 1 ? mine : ""}`);
    }
    const icon = L.divIcon({ className: "destination", html: label, iconSize: [0, 0] });
    L.marker(ties.boxes[box].at, { icon, interactive: false, keyboard: false }).addTo(group);
  }

  function showCorridors(day) {
    if (!page.flows) return;
    const group = window[page.flows].clearLayers();
    const year = Object.keys(ties.flows).filter((each) => `${each}-12-31` <= day).pop();
    const all = year ? ties.flows[year] : [];
    const flows = all.filter(([county]) => isFrom(county));
    const made = ties.ties.filter((tie) => isFrom(tie[0]) && tie[3] <= day);
    const most = Math.max(1, ...all.map((flow) => flow[2]));
    const known = new Set(flows.map(([county, box]) => `${county} ${box}`));
    for (const [county, box] of made) {
      const key = `${county} ${box}`, values = { county: ties.counties[county]?.name, province: ties.boxes[box].name };
      if (county < 0 || known.has(key)) continue;
      known.add(key);
      const style = { color: "#08519c", weight: 1.5, dashArray: "5 5", opacity: 0.8 };
      drawArc(group, county, box, style, fit(words.tie, values));
    }
    const totals = ties.boxes.map(() => 0);
    for (const [county, box, number] of flows) {
      totals[box] += number;
      const values = { county: ties.counties[county].name, province: ties.boxes[box].name, number };
      const style = { color: "#08519c", weight: 0.8 + 9 * number / most, opacity: 0.5 };
      drawArc(group, county, box, style, fit(words.flow, values));
    }
    ties.boxes.forEach((_, box) => drawBox(group, box, year ? totals[box] : undefined, made));
    const table = document.getElementById("flow-table"), list = document.getElementById("tie-list");
    table.replaceChildren();
    list.replaceChildren();
    document.getElementById("flow-year").textContent = year ? fit(words.flow_year, { year }) : "";
    if (year) {
      ties.boxes.map((box, at) => [box.name, totals[at]]).sort((a, b) => b[1] - a[1]).forEach(([name, number]) => {
        const row = add(table, "tr");
        add(row, "th", name).scope = "row";
        add(row, "td", String(number));
      });
    }
    made.forEach((tie) => add(list, "li", tie[4]));
  }

  // ---- controls

  function stop() {
    clearInterval(timer);
    timer = 0;
    play.textContent = words.play;
  }

  function advance() {
    if (step() < last) {
      slider.value = step() + 1;
      show();
    }
    if (step() === last) stop();
  }

  play.addEventListener("click", () => {
    if (timer) {
      stop();
      return;
    }
    if (step() === last) slider.value = 0;
    play.textContent = words.pause;
    timer = setInterval(advance, 600);
    show();
  });
  slider.disabled = play.disabled = last === 0;
  slider.addEventListener("input", () => { stop(); show(); });
  if (filter) filter.addEventListener("change", show);
  if (origin) {
    origin.addEventListener("change", () => {
      map.addLayer(window[page.flows]);
      showCorridors(data.steps[step()][0]);
    });
    window[page.flows].on("add", () => {
      const frame = layer.getBounds();
      ties.boxes.forEach((box) => frame.extend(box.at));
      map.fitBounds(frame, { animate: false, padding: [34, 24] });
    });
  }
  layer.on("click", (event) => open(event.layer.feature.id));
  layer.on("mouseover", (event) => event.layer.setStyle({ color: "#000", weight: 2.5 }));
  layer.on("mouseout", (event) => event.layer.setStyle({ color: "#6b6b6b", weight: 0.6 }));
  layer.bindTooltip((shape) => {
    const tip = document.createElement("span"), at = shape.feature.id;
    tip.textContent = `${data.townships[at].name} · ${now[at].state.name}`;
    return tip;
  }, { sticky: true });
  buttons.forEach((button) => button.addEventListener("click", () => {
    const at = Number(button.dataset.township);
    document.querySelector(".map-area").scrollIntoView({ block: "nearest" });
    const zoom = map.getBoundsZoom(layer.getBounds()) + 1.5;
    map.fitBounds(shapes.get(at).getBounds(), { animate: false, maxZoom: zoom });
    open(at);
  }));
  document.addEventListener("keydown", (event) => { if (event.key === "Escape") map.closePopup(); });
  placeControls(map, words);
  placeBadges();
  show();
})();
