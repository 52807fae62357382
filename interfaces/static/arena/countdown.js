// Seconds until the next round. The server names the moment; the clock here only counts towards it.
function write() {
  const due = document.getElementById("due");
  if (!due) return;
  const left = Math.floor((Date.parse(due.dateTime) - Date.now()) / 1000);
  if (Number.isNaN(left)) return;
  const seconds = Math.max(left, 0);
  const text = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
  if (due.textContent !== text) due.textContent = text;
}

export function startCountdown() {
  write();
  setInterval(write, 1000);
}
