/** Links to our own pages, as text, button, row of a menu or of the navigation: their addresses are checked by the compiler. */
import {
  Anchor,
  type AnchorProps,
  Button,
  type ButtonProps,
  Menu,
  type MenuItemProps,
  NavLink,
  type NavLinkProps,
} from '@mantine/core';
import { createLink } from '@tanstack/react-router';
import type { ComponentPropsWithRef } from 'react';

/** The properties of a part that is drawn as a link. */
type AsLink<Props> = Props & Omit<ComponentPropsWithRef<'a'>, keyof Props | 'href'>;

export const TextLink = createLink((props: AsLink<AnchorProps>) => <Anchor {...props} />);
export const ButtonLink = createLink((props: AsLink<ButtonProps>) => <Button component="a" {...props} />);
export const NavigationLink = createLink((props: AsLink<NavLinkProps>) => <NavLink component="a" {...props} />);
export const MenuLink = createLink((props: AsLink<MenuItemProps>) => <Menu.Item component="a" {...props} />);
