// Runs before anything is drawn, so that a page in the chosen theme never flashes in the other one.
try {
  const theme = localStorage.getItem("zhyper-theme");
  if (theme === "light" || theme === "dark") document.documentElement.dataset.theme = theme;
} catch {
  // A browser that keeps nothing follows the system's theme.
}
