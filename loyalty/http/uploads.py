"""How much a form may bring along. Files stream to the disk as they come, before any view is asked, so that the bound
stands here; what is in a file is bounded by who reads it. And a single file that the API is sent."""

from io import BytesIO

from django.conf import settings
from django.core.exceptions import RequestDataTooBig, SuspiciousOperation
from django.core.files.uploadhandler import FileUploadHandler
from django.http.multipartparser import MultiPartParser, MultiPartParserError

from loyalty.http.parsers import raw_body
from loyalty.http.refusals import BadRequest

FORM = "multipart/form-data"


def uploaded(request) -> BytesIO:
    """The one file that the request brings, as its body or in a form, at most `body_bytes_max` of the view; an empty
    one where it brings none. It stays in memory. Refusals: BodyTooLarge, BadRequest."""
    http = getattr(request, "_request", request)
    raw = raw_body(http)
    if http.META.get("CONTENT_TYPE", "").partition(";")[0].strip().lower() != FORM:
        return BytesIO(raw)
    found = _OneFile()
    try:
        MultiPartParser(http.META, BytesIO(raw), [found]).parse()
    except (MultiPartParserError, SuspiciousOperation):
        raise BadRequest("The form cannot be read.") from None
    return BytesIO(bytes(found.content))


class _OneFile(FileUploadHandler):
    """Keeps the first file of a form."""

    def __init__(self):
        super().__init__()
        self.content, self.files = bytearray(), 0

    def new_file(self, *args, **kwargs):
        super().new_file(*args, **kwargs)
        self.files += 1

    def receive_data_chunk(self, raw_data, start):
        if self.files == 1:
            self.content += raw_data

    def file_complete(self, file_size):
        return None


class BoundedUpload(FileUploadHandler):
    """The first of the upload handlers: refuses a form that is too large before a byte of it is read. Strangers have no
    file to bring."""

    def handle_raw_input(self, input_data, META, content_length, boundary, encoding=None):
        user = getattr(self.request, "user", None)
        is_known = bool(user and user.is_authenticated)
        bytes_max = settings.FILE_UPLOAD_BYTES_MAX if is_known else settings.FILE_UPLOAD_MAX_MEMORY_SIZE
        if content_length > bytes_max:
            raise RequestDataTooBig(f"A form may have {bytes_max:,} bytes here.")

    def receive_data_chunk(self, raw_data, start):
        return raw_data

    def file_complete(self, file_size):
        return None
