// Before the first paint: the theme this viewer chose, if any. Without a choice the system's is used.
try {
  const chosen = localStorage.getItem("arena-theme");
  if (chosen === "light" || chosen === "dark") document.documentElement.dataset.theme = chosen;
} catch {
  // Storage is switched off: the system's theme stands.
}
