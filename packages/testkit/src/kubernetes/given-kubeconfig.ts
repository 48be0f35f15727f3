/**
 * The cluster that tests may use without ending it: the path of the kubeconfig that OUTRIDER_TEST_KUBECONFIG names.
 * Undefined where none is given.
 */
export function givenKubeconfig(): string | undefined {
  const path = process.env['OUTRIDER_TEST_KUBECONFIG'] ?? '';
  return path === '' ? undefined : path;
}
