"use strict";
// Filters: the address's hash is the only state (#language=az&channel=x-en&at=day-2027-02-26), so that a view
// can be kept, mailed and gone back to. Without this script the whole page is shown.
(() => {
  // On a phone the records stay folded below their post until asked for; on paper everything is unfolded.
  const records = document.querySelectorAll("details.ledger");
  if (matchMedia("(max-width: 61.99rem)").matches) for (const one of records) one.open = false;
  addEventListener("beforeprint", () => { for (const one of records) one.open = true; });

  // The same picture twice, 375 pixels wide and as it is; made when asked for, so that the page stays small.
  for (const button of document.querySelectorAll("button.sizes")) {
    button.hidden = false;
    button.addEventListener("click", () => {
      const dialog = document.createElement("dialog"), close = document.createElement("button");
      close.textContent = "Close";
      close.addEventListener("click", () => dialog.close());
      dialog.addEventListener("close", () => dialog.remove());
      dialog.append(close);
      for (const name of ["telephone", "full"]) {
        const copy = button.parentElement.querySelector("img").cloneNode();
        copy.className = name;
        copy.loading = "eager";
        dialog.append(copy);
      }
      document.body.append(dialog);
      dialog.showModal();
    });
  }

  const bar = document.getElementById("filters");
  if (!bar) return;
  const buttons = [...bar.querySelectorAll("button[data-filter]")];
  const deliveries = [...document.querySelectorAll(".delivery")];
  const posts = [...document.querySelectorAll(".post")];
  const days = [...document.querySelectorAll(".day")];
  const cells = [...document.querySelectorAll(".months a[data-day]")];
  const shown = document.getElementById("shown");
  const all = document.getElementById("all");
  let chosen = { language: new Set(), channel: new Set() };

  const read = () => {
    const fields = new URLSearchParams(location.hash.slice(1));
    const list = (name) => new Set((fields.get(name) || "").split(",").filter(Boolean));
    return { language: list("language"), channel: list("channel"), at: fields.get("at") };
  };
  const hash = (at) => {
    const parts = ["language", "channel"]
      .filter((name) => chosen[name].size)
      .map((name) => name + "=" + [...chosen[name]].map(encodeURIComponent).join(","));
    if (parts.length && at) parts.push("at=" + encodeURIComponent(at));
    return parts.length ? parts.join("&") : at || "all";
  };
  const passes = (delivery) =>
    ["language", "channel"].every((name) => !chosen[name].size || chosen[name].has(delivery.dataset[name]));

  const show = () => {
    let count = 0;
    for (const one of deliveries) {
      one.hidden = !passes(one);
      if (!one.hidden) count += 1;
    }
    for (const one of posts) one.hidden = !one.querySelector(".delivery:not([hidden])");
    for (const one of days) one.hidden = !one.querySelector(".post:not([hidden])");
    for (const cell of cells) {
      const left = document.getElementById(cell.dataset.day).querySelectorAll(".post:not([hidden])");
      const ids = new Set([...left].map((post) => post.querySelector("h3").textContent));
      for (const name of cell.querySelectorAll(".posts span")) name.hidden = !ids.has(name.textContent);
      cell.querySelector(".count").textContent = left.length;
      cell.classList.toggle("empty", left.length === 0);
      cell.setAttribute(
        "aria-label",
        cell.getAttribute("aria-label").replace(/: \d+ posts?$/, `: ${left.length} ${left.length === 1 ? "post" : "posts"}`)
      );
    }
    for (const button of buttons) {
      button.setAttribute("aria-pressed", String(chosen[button.dataset.filter].has(button.dataset.value)));
    }
    const everything = count === deliveries.length;
    shown.textContent = everything ? `All ${count} shown` : `${count} of ${deliveries.length} shown`;
    all.hidden = !chosen.language.size && !chosen.channel.size;
  };

  const unfold = (target) => {
    for (let box = target.closest("details"); box; box = box.parentElement.closest("details")) box.open = true;
  };
  const go = (id) => {
    const target = id && document.getElementById(id);
    if (!target) return;
    unfold(target);
    target.scrollIntoView();
    target.focus({ preventScroll: true });
  };

  const follow = () => {
    const asked = location.hash.slice(1);
    if (asked.includes("=") || asked === "all" || asked === "") {
      const wanted = read();
      chosen = { language: wanted.language, channel: wanted.channel };
      show();
      go(wanted.at);
    }
  };

  bar.addEventListener("click", (event) => {
    const button = event.target.closest("button");
    if (!button) return;
    if (button === all) {
      chosen = { language: new Set(), channel: new Set() };
      buttons[0].focus();
    } else {
      const set = chosen[button.dataset.filter];
      if (!set.delete(button.dataset.value)) set.add(button.dataset.value);
    }
    location.hash = hash();
  });
  // A link within the page keeps the filters that are set.
  document.addEventListener("click", (event) => {
    const link = event.target.closest('a[href^="#"]');
    const target = link && document.getElementById(link.getAttribute("href").slice(1));
    if (!target) return;
    unfold(target);
    if (!chosen.language.size && !chosen.channel.size) return;
    event.preventDefault();
    const next = "#" + hash(target.id);
    if (location.hash === next) go(target.id);
    else location.hash = next;
  });
  addEventListener("hashchange", follow);
  bar.hidden = false;
  follow();
})();
