// Moments in the viewer's zone. The title keeps UTC, the datetime attribute keeps the moment.
const FORMS = {
  time: { hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" },
  date: { day: "numeric", month: "short", year: "numeric" },
  minute: { day: "numeric", month: "short", year: "numeric", hour: "2-digit", minute: "2-digit", hourCycle: "h23" },
};
const language = document.documentElement.lang === "en" ? "en-GB" : document.documentElement.lang;
const writers = Object.fromEntries(
  Object.entries(FORMS).map(([form, options]) => [form, new Intl.DateTimeFormat(language, options)]),
);

export function localise(root) {
  for (const time of root.querySelectorAll("time[data-t]")) {
    const at = new Date(time.dateTime);
    const writer = writers[time.dataset.t];
    if (!writer || Number.isNaN(at.valueOf())) continue;
    // Month names follow the language; figures look the same in all, so 16.42 is written 16:42.
    time.textContent = writer.format(at).replace(",", "").replace(/(\d)\.(?=\d)/g, "$1:");
  }
}

export function nameZone() {
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  const place = document.getElementById("zone");
  if (zone && place) place.textContent = place.textContent.replace("UTC", zone);
}
