/** Texts of the area site. */
export const site = {
  title: 'site',
};
