// What makes an open page follow the arena. Everything is readable without it.
import { startLive } from "./live.js";
import { startCountdown } from "./countdown.js";
import { localise, nameZone } from "./times.js";
import { startToggle } from "./toggle.js";

localise(document);
nameZone();
startToggle();
startCountdown();
if (document.body.dataset.season) startLive(document.body.dataset.season, Number(document.body.dataset.version));
