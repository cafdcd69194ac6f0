/** The command palette: any page and one's own things, by typing (Ctrl-K). */
export function Palette() {
  return null;
}
