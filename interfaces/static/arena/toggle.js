// The theme switch: says where it leads, remembers the choice.
const root = document.documentElement;

function isLight() {
  return root.dataset.theme ? root.dataset.theme === "light" : matchMedia("(prefers-color-scheme: light)").matches;
}

export function startToggle() {
  const button = document.getElementById("theme");
  const words = { light: button.textContent, dark: button.dataset.dark };
  const label = () => {
    button.textContent = isLight() ? words.dark : words.light;
  };
  button.addEventListener("click", () => {
    root.dataset.theme = isLight() ? "dark" : "light";
    try {
      localStorage.setItem("arena-theme", root.dataset.theme);
    } catch {
      // Storage is switched off: the choice lasts until the next page.
    }
    label();
  });
  label();
  button.hidden = false;
}
