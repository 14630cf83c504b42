/** What a phone's keyboard leaves of the window, CSS px. To be made where a component is. */
export class Visible {
  top = $state(0);
  height = $state(innerHeight);

  constructor() {
    $effect(() => {
      const viewport = window.visualViewport;
      if (!viewport) return;
      const follow = () => {
        this.top = viewport.offsetTop;
        this.height = viewport.height;
      };
      follow();
      viewport.addEventListener("resize", follow);
      viewport.addEventListener("scroll", follow);
      return () => {
        viewport.removeEventListener("resize", follow);
        viewport.removeEventListener("scroll", follow);
      };
    });
  }
}
