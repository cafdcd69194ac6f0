/** How a shell ended is told as Kubernetes told it. */
import { endOf } from './terminal-shell.ts';

test('success is exit code 0; a failure has the code among its causes', () => {
  expect(endOf('{"status":"Success"}')).toEqual({ how: 'ended', code: 0 });
  expect(endOf('{"status":"Failure","details":{"causes":[{"reason":"ExitCode","message":"3"}]}}')).toEqual({
    how: 'ended',
    code: 3,
  });
});

test('a failure without a code keeps its message, and so does what is no status', () => {
  expect(endOf('{"status":"Failure","message":"no such file"}')).toEqual({
    how: 'ended',
    code: 1,
    message: 'no such file',
  });
  expect(endOf('gone')).toEqual({ how: 'ended', code: 1, message: 'gone' });
});
