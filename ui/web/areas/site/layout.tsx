/** The frame of the public site. */
import { Container, Group } from '@mantine/core';
import { Outlet } from '@tanstack/react-router';
import { AreaLinks, Brand, HeaderTools } from '../../app/header.tsx';

export function Layout() {
  return (
    <>
      <header>
        <Group h={52} px="md" justify="space-between" wrap="nowrap">
          <Group wrap="nowrap">
            <Brand />
            <AreaLinks visibleFrom="sm" />
          </Group>
          <HeaderTools />
        </Group>
      </header>
      <Container component="main" id="content" size="xl" py="lg">
        <Outlet />
      </Container>
    </>
  );
}
