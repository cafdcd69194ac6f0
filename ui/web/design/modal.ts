/** Mantine's dialog, loaded when the first one opens: no page begins with one. */
export { Modal as default } from '@mantine/core';
