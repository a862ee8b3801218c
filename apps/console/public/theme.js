// Runs before anything is painted, so that a chosen theme never flashes. A file of its own, because
// the content security policy allows no inline script.
try {
  const theme = localStorage.getItem('castellan-theme');
  if (theme === 'light' || theme === 'dark') document.documentElement.dataset.theme = theme;
} catch {
  // Storage is blocked: the page follows the system.
}
