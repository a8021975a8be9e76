import django.core.validators
from django.db import migrations, models

import loyalty.sealed.fields as sealed


class Migration(migrations.Migration):
    dependencies = [("loyalty", "0006_sign_on")]

    operations = [
        *(
            migrations.AlterField(
                "brandmember",
                f"{field}_index",
                sealed.BlindIndexField(of=f"member__{field}", purpose=f"member.{field}", scope="brand_id"),
            )
            for field in ("email", "phone")
        ),
        migrations.AddField(
            "brand",
            "country",
            models.CharField(
                blank=True,
                default="",
                help_text="ISO 3166 code, say NL: where phone numbers written without a country belong.",
                max_length=2,
                validators=[django.core.validators.RegexValidator("^[A-Z]{2}\\Z", "Two capitals, say NL.")],
            ),
            preserve_default=False,
        ),
    ]
