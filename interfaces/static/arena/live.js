// Follows a season: hears of a newer version over a WebSocket (or asks every ten seconds without one), fetches
// this page's fragment and swaps the regions that differ. Only changed figures light up; nothing else moves.
import { localise } from "./times.js";

const POLL_MS = 10_000;
const LONGEST_WAIT_MS = 60_000;
const LIT_MS = 900;

let season = "";
let shown = 0;
let wanted = 0;
let busy = false;
let poll = 0;

// The page holds the words for each state of the link, in its own language.
function say(state) {
  const link = document.getElementById("link");
  const text = link && `· ${link.dataset[state]}`;
  if (link && link.textContent !== text) link.textContent = text;
}

function heard(version) {
  if (!Number.isInteger(version) || version <= wanted) return;
  wanted = version;
  if (!document.hidden) refresh();
}

async function refresh() {
  if (busy || wanted <= shown) return;
  busy = true;
  const target = wanted;
  try {
    const address = new URL(location.href);
    address.searchParams.set("fragment", "1");
    const answer = await fetch(address, { headers: { Accept: "text/html" } });
    if (!answer.ok) throw new Error(String(answer.status));
    swap(new DOMParser().parseFromString(await answer.text(), "text/html"));
    shown = target;
  } catch {
    // The next version, or the next poll, tries again.
    wanted = shown;
  } finally {
    busy = false;
  }
  if (wanted > shown) refresh();
}

function swap(fresh) {
  document.title = fresh.title;
  localise(fresh);
  for (const region of document.querySelectorAll("[data-live]")) {
    const next = fresh.querySelector(`[data-live="${region.dataset.live}"]`);
    if (!next || next.innerHTML === region.innerHTML) continue;
    const before = figures(region);
    const open = [...region.querySelectorAll("details[open][data-key]")].map((item) => item.dataset.key);
    const focus = region.contains(document.activeElement) ? addressOf(document.activeElement) : null;
    region.replaceChildren(...next.childNodes);
    for (const item of region.querySelectorAll("details[data-key]")) item.open = open.includes(item.dataset.key);
    if (focus) find(region, focus)?.focus({ preventScroll: true });
    light(region, before);
  }
}

function figures(region) {
  return new Map([...region.querySelectorAll("[data-k]")].map((item) => [item.dataset.k, item.textContent]));
}

function light(region, before) {
  const changed = [...region.querySelectorAll("[data-k]")].filter(
    (item) => before.has(item.dataset.k) && before.get(item.dataset.k) !== item.textContent,
  );
  for (const item of changed) item.classList.add("changed");
  setTimeout(() => changed.forEach((item) => item.classList.remove("changed")), LIT_MS);
}

function addressOf(element) {
  return { tag: element.tagName, href: element.getAttribute("href"), text: element.textContent };
}

function find(region, wantedElement) {
  return [...region.querySelectorAll(wantedElement.tag)].find(
    (item) => item.getAttribute("href") === wantedElement.href && (wantedElement.href || item.textContent === wantedElement.text),
  );
}

async function ask() {
  try {
    const answer = await fetch(`/api/v1/seasons/${encodeURIComponent(season)}/version`, { cache: "no-store" });
    if (answer.ok) heard((await answer.json()).version);
  } catch {
    say("lost");
  }
}

function connect(wait) {
  const address = new URL(`/live/?season=${encodeURIComponent(season)}`, location.href);
  address.protocol = address.protocol === "https:" ? "wss:" : "ws:";
  const socket = new WebSocket(address);
  let opened = false;
  socket.addEventListener("open", () => {
    opened = true;
    clearInterval(poll);
    poll = 0;
    say("open");
  });
  socket.addEventListener("message", (event) => {
    const message = read(event.data);
    if (message && message.season === season) heard(message.version);
  });
  socket.addEventListener("close", () => {
    if (!poll) poll = setInterval(ask, POLL_MS);
    say("asking");
    const next = opened ? 1000 : Math.min(wait * 2, LONGEST_WAIT_MS);
    // A little chance, so that a restarted server is not met by everybody at once.
    setTimeout(() => connect(next), next * (0.5 + Math.random()));
  });
}

function read(text) {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

export function startLive(slug, version) {
  season = slug;
  shown = wanted = version;
  document.addEventListener("visibilitychange", () => {
    if (!document.hidden) refresh();
  });
  connect(1000);
}
