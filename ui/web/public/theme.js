// Before the first paint, so that nobody who reads in the dark sees a flash of white. A file, since the policy forbids inline scripts.
{
  const chosen = localStorage.getItem('muster.theme');
  const dark = chosen === 'dark' || (chosen !== 'light' && matchMedia('(prefers-color-scheme: dark)').matches);
  document.documentElement.dataset.mantineColorScheme = dark ? 'dark' : 'light';
}
