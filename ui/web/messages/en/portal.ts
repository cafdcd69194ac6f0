/** Texts of the area portal. */
export const portal = {
  title: 'portal',
};
