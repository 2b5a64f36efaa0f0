"""Plain tables for the same business rows as ours: customer, order, lines, facts, planned messages."""

from django.db import models


class Delivery(models.Model):
    key = models.CharField(max_length=200, unique=True)
    topic = models.CharField(max_length=100)
    body = models.BinaryField()
    received_at = models.DateTimeField()


class Customer(models.Model):
    email = models.CharField(max_length=254, unique=True)
    phone = models.CharField(max_length=20)
    first_name = models.CharField(max_length=120)
    last_name = models.CharField(max_length=120)
    created_at = models.DateTimeField(auto_now_add=True)


class Order(models.Model):
    external_id = models.CharField(max_length=100, unique=True)
    number = models.CharField(max_length=60)
    public_id = models.CharField(max_length=32, unique=True)
    customer = models.ForeignKey(Customer, models.PROTECT)
    financial = models.CharField(max_length=20)
    placed_at = models.DateTimeField(db_index=True)
    currency = models.CharField(max_length=3)
    total = models.DecimalField(max_digits=14, decimal_places=2)
    address = models.JSONField()


class Line(models.Model):
    order = models.ForeignKey(Order, models.CASCADE)
    external_id = models.CharField(max_length=100)
    sku = models.CharField(max_length=100)
    title = models.CharField(max_length=300)
    quantity = models.PositiveIntegerField()
    price = models.DecimalField(max_digits=14, decimal_places=2)


class Event(models.Model):
    kind = models.CharField(max_length=60)
    at = models.DateTimeField()
    customer = models.ForeignKey(Customer, models.CASCADE)
    order = models.ForeignKey(Order, models.CASCADE)
    data = models.JSONField()


class Message(models.Model):
    order = models.ForeignKey(Order, models.CASCADE)
    kind = models.CharField(max_length=60)
    due_at = models.DateTimeField(db_index=True)
    state = models.CharField(max_length=12, default="ready")
