sudo docker container run --name=test-data -ti alpine sh
echo "중요한 데이터" > /tmp/important.txt
echo "애플리케이션 로그" > /var/log/app.log
exit
sudo docker container ls -a
sudo docker container start --interactive --attach test-data
cat /tmp/important.txt
cat /var/log/app.log
exit
sudo docker container rm test-data
sudo docker container run --name=test-data-new --rm -ti alpine sh
ls /tmp
ls /var/log
exit
