/** Every part of the design system in every state. */
import { Container } from '@mantine/core';
import { Page } from '../../design/page.tsx';

export function Parts() {
  return (
    <Container component="main" id="content" size="xl" py="lg">
      <Page title="Parts">{null}</Page>
    </Container>
  );
}
