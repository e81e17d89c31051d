// Shows what was pushed to this browser, and opens its page when it is clicked.

self.addEventListener("push", (evt) => {
  const told = evt.data?.json() ?? {};
  const shown = { body: told.text ?? "", tag: told.id, data: { link: told.link ?? "/notices" } };
  evt.waitUntil(self.registration.showNotification(told.title ?? "", shown));
});

self.addEventListener("notificationclick", (evt) => {
  evt.notification.close();
  const address = new URL(evt.notification.data.link, self.location.origin);
  if (address.origin === self.location.origin) evt.waitUntil(self.clients.openWindow(address.href));
});
