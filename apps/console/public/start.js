// Runs before anything else. A file of its own, because the content security policy allows no inline script.

// A chosen theme is there before anything is painted, so that it never flashes.
try {
  const theme = localStorage.getItem('castellan-theme');
  if (theme === 'light' || theme === 'dark') document.documentElement.dataset.theme = theme;
} catch {
  // Storage is blocked: the page follows the system.
}
