/** Texts of the area console. */
export const console = {
  title: 'console',
};
