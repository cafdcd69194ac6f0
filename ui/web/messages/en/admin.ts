/** Texts of the area admin. */
export const admin = {
  title: 'admin',
};
