// Says on the page, and not only in the browser's console, that a security key could not be used.
document.addEventListener('allauth.error', function (event) {
  const place = document.getElementById('key_error')
  if (!place) return
  event.preventDefault()
  place.hidden = false
  place.textContent = place.dataset.text
  const main = document.querySelector('main')
  main.insertBefore(place, main.querySelector('form'))
})
