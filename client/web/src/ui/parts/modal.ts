import type { Attachment } from "svelte/attachments";

const firstControl = "[data-content] :is(input, textarea, select, button, a[href], [tabindex='0'])";

/**
 * Opens a <dialog> above everything and makes the rest inert. `close` is called when the person wants out: by Esc, or by
 * a press that begins and ends beside it. Focus goes to what has autofocus, else to the first field or button of its
 * content; when the dialog goes, it returns to where it was, unless that is gone too.
 */
export function modal(close: () => void): Attachment<HTMLDialogElement> {
  return (dialog) => {
    const opener = document.activeElement;
    let pressedBeside = false;
    const beside = (event: MouseEvent) => event.target === dialog && !within(dialog.getBoundingClientRect(), event);
    const cancel = (event: Event) => {
      event.preventDefault(); // the one who shows it decides
      close();
    };
    const press = (event: MouseEvent) => {
      pressedBeside = beside(event);
    };
    const release = (event: MouseEvent) => {
      if (pressedBeside && beside(event)) close();
    };
    dialog.addEventListener("cancel", cancel);
    dialog.addEventListener("pointerdown", press);
    dialog.addEventListener("click", release);
    dialog.showModal();
    if (!dialog.querySelector("[autofocus]")) dialog.querySelector<HTMLElement>(firstControl)?.focus();
    return () => {
      dialog.removeEventListener("cancel", cancel);
      dialog.removeEventListener("pointerdown", press);
      dialog.removeEventListener("click", release);
      dialog.close();
      if (opener instanceof HTMLElement && opener.isConnected) opener.focus({ preventScroll: true });
    };
  };
}

function within(box: DOMRect, at: MouseEvent): boolean {
  return at.clientX >= box.left && at.clientX <= box.right && at.clientY >= box.top && at.clientY <= box.bottom;
}
