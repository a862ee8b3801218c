// Loaded before each script, as plain JavaScript: an older Node can't even read the TypeScript that would say this.
const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
if (major < 22 || (major === 22 && minor < 18) || (major === 23 && minor < 6)) {
  console.error(
    `Castellan's own scripts need Node 22.18 or later; this is ${process.versions.node}.\n` +
      'On Linux (x64 and arm64) `npm ci` installs the right one for npm scripts; elsewhere install Node 24.',
  );
  process.exit(1);
}
