"""How much a form may bring along. Files stream to the disk as they come, before any view is asked, so that the bound
stands here; what is in a file is bounded by who reads it."""

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.core.files.uploadhandler import FileUploadHandler


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
